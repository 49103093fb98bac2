// Whether an API answers what its description (OpenAPI 3.1) says.
import assert from "node:assert/strict";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// The same with nothing allowed that isn't described.
function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== "object") return schema;
  const all = Object.fromEntries(Object.entries(schema).map(([key, each]) => [key, closed(each)]));
  const isOpen = all.properties && all.additionalProperties === undefined;
  return isOpen ? { ...all, additionalProperties: false } : all;
}

function matches(template, path) {
  const parts = path.split("/");
  const wanted = template.split("/");
  return parts.length === wanted.length &&
    wanted.every((part, at) => part.startsWith("{") || part === parts[at]);
}

export class Description {
  asked = new Set(); // "GET /v1/crashes/{id}"
  #ajv = addFormats(new Ajv({ strict: false, allErrors: true }));

  constructor(document) {
    this.document = document;
    this.components = closed(document.components);
  }

  // "GET /api/posts" and the like, of all that are described.
  operations() {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  }

  // Every schema of a good answer, with where it is from.
  goodAnswers() {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.entries(responses).filter(([status]) => /^2/.test(status)).flatMap(([status, answer]) =>
          Object.entries(answer.content ?? {}).map(([type, { schema }]) =>
            ({ name: `${method.toUpperCase()} ${path} ${status} ${type}`, schema })))));
  }

  #resolve(part) {
    if (!part?.$ref) return part;
    return part.$ref.slice(2).split("/").reduce((at, key) => at[key], this.document);
  }

  // Asserts that an answer is as described. `path` without its query.
  check(method, path, { status, headers, body }) {
    const paths = Object.keys(this.document.paths).filter((each) => matches(each, path));
    const template = paths.includes(path) ? path : paths[0];
    const what = `${method} ${path}: ${status} ${body}`;
    const operation = this.document.paths[template]?.[method.toLowerCase()];
    assert.ok(operation, `${what}: it is not described`);
    const { responses } = operation;
    const answer = this.#resolve(
      responses[status] ?? (status < 300 ? responses["2XX"] : undefined) ?? responses.default);
    assert.ok(answer, `${what}: its status is not described`);
    if (status < 300) this.asked.add(`${method} ${template}`);
    if (status === 204) return;
    const type = (headers["content-type"] ?? "").split(";")[0];
    const schema = answer.content?.[type]?.schema;
    assert.ok(schema, `${what}: ${type} is not described`);
    this.#validate(what, type, schema, body);
  }

  // Asserts that a body is what is described, and that none is sent where none is.
  takes(method, path, form) {
    const schema = this.document.paths[path][method.toLowerCase()].requestBody?.content["application/json"].schema;
    assert.equal(form !== undefined, schema !== undefined, `${method} ${path}: whether it has a body`);
    if (schema) this.#fits(`${method} ${path} takes`, schema, form);
  }

  #validate(what, type, schema, body) {
    if (schema.contentSchema) {
      for (const line of body.split("\n").filter(Boolean)) this.#fits(what, schema.contentSchema, JSON.parse(line));
    } else {
      this.#fits(what, schema, type === "application/json" ? JSON.parse(body) : body);
    }
  }

  #fits(what, schema, value) {
    const validate = this.#ajv.compile({ allOf: [closed(schema)], components: this.components });
    assert.ok(validate(value), `${what}\n${this.#ajv.errorsText(validate.errors)}`);
  }
}

// Those that say nothing of what they describe.
export const emptyOnes = (answers) =>
  answers.filter(({ schema }) => !schema || Object.keys(schema).length === 0).map(({ name }) => name);
