// What clients did while things went wrong, and whether what they saw can be.
//
// A session is one client that goes from node to node and hands on its position. Its operations, in
// order: {op: "write", slug, acknowledged}, and {op: "read", node, slug, found, excused}, of which one
// is excused that was told that it may be old.

// Every contradiction, in words; none if all is well. `present` has, for each slug, how often it is
// there in the end.
export function contradictions(sessions, present) {
  return [...lostOrDoubled(sessions, present), ...sessions.flatMap(staleReads)];
}

function lostOrDoubled(sessions, present) {
  const found = [];
  for (const { slug, acknowledged } of sessions.flat().filter(({ op }) => op === "write")) {
    const times = present.get(slug) ?? 0;
    if (acknowledged && times === 0) found.push(`${slug} was acknowledged and is lost`);
    if (times > 1) found.push(`${slug} is there ${times} times`);
  }
  return found;
}

// Whoever has written something sees it ever after, on every node; whoever has seen something, on
// that node.
function staleReads(session, number) {
  const written = new Set();
  const seen = new Set(); // "node slug"
  const found = [];
  for (const [at, { op, node, slug, ...each }] of session.entries()) {
    const place = `${node} ${slug}`;
    if (op === "write") {
      if (each.acknowledged) written.add(slug);
    } else if (each.found) {
      seen.add(place);
    } else if (!each.excused && (written.has(slug) || seen.has(place))) {
      const known = written.has(slug) ? "written" : "seen there";
      found.push(`session ${number}, operation ${at}: ${slug} is not on ${node}, which it had ${known}`);
    }
  }
  return found;
}
