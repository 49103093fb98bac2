// Small content folders.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { coppice } from "./server.mjs";

export function postFile({ title, slug, published_at, body, tags = [], draft = false }) {
  return [
    "---",
    `title: ${title}`,
    `slug: ${slug}`,
    `published_at: ${published_at}`,
    `is_draft: ${draft}`,
    `tags: [${tags.join(", ")}]`,
    "---",
    "",
    body,
    "",
  ].join("\n");
}

// Writes a content folder of `posts` ({file: text}) and returns its path.
export async function contentFolder(parent, posts) {
  const folder = join(parent, "content");
  await mkdir(join(folder, "posts"), { recursive: true });
  for (const [file, text] of Object.entries(posts)) {
    await writeFile(join(folder, "posts", file), text);
  }
  return folder;
}

// `count` posts, the newest last: tree-1 …. Every one is about oaks; the even ones have a tag.
export function trees(count) {
  const posts = {};
  for (let n = 1; n <= count; ++n) {
    const day = String(n).padStart(2, "0");
    posts[`tree-${n}.md`] = postFile({
      title: `Tree ${n}`,
      slug: `tree-${n}`,
      published_at: `2025-01-${day} 10:00:00Z`,
      tags: n % 2 === 0 ? ["even"] : [],
      body: `## Bark\n\nOak number ${n} grows & grows.`,
    });
  }
  return posts;
}

export function importInto(database, folder, ...options) {
  return coppice(["import", folder, "--database", database, ...options]);
}

// For withServer(): fills the database before the server starts.
export function holding(posts) {
  return async (server) => {
    const folder = await contentFolder(server.folder, posts);
    const { code, stderr } = await importInto(server.database, folder);
    if (code !== 0) throw new Error(`import failed: ${stderr}`);
  };
}
