// Shows an OpenAPI document. Text is only ever set as text, never as HTML.

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

class Description {
  constructor(api) {
    this.api = api;
  }

  // What a {"$ref": "#/…"} stands for, or the thing itself.
  resolve(thing) {
    if (!thing?.$ref) return thing;
    return thing.$ref.slice(2).split("/").reduce((at, part) => at?.[part], this.api);
  }

  operations() {
    return Object.entries(this.api.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({
        path, method, ...item[method], anchor: item[method].operationId ?? `${method}${path}`,
      })));
  }

  // In the order of the document's tags; what has none comes last.
  groups() {
    const names = (this.api.tags ?? []).map((tag) => tag.name);
    const groups = new Map(names.map((name) => [name, []]));
    for (const operation of this.operations()) {
      const name = operation.tags?.[0] ?? "other";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(operation);
    }
    return [...groups].filter(([, operations]) => operations.length > 0);
  }

  typeOf(schema) {
    const known = this.resolve(schema) ?? {};
    if (schema?.$ref) return schema.$ref.split("/").pop();
    if (known.type === "array") return `list of ${this.typeOf(known.items ?? {})}`;
    const type = [known.type ?? "any"].flat().join(" or ");
    return known.format ? `${type}, ${known.format}` : type;
  }
}

function rulesOf(schema) {
  const rules = [];
  if (schema.pattern) rules.push(`matches ${schema.pattern}`);
  if (schema.maxLength) rules.push(`at most ${schema.maxLength} characters`);
  if (schema.maxItems) rules.push(`at most ${schema.maxItems} items`);
  if (schema.minimum !== undefined) rules.push(`from ${schema.minimum}`);
  if (schema.default !== undefined) rules.push(`${schema.default} if not given`);
  return rules.join("; ");
}

function row(name, ...cells) {
  return element("tr", {}, element("td", {}, name), element("td", {}, ...cells));
}

function parametersOf(description, operation) {
  const parameters = (operation.parameters ?? []).map((each) => description.resolve(each));
  if (parameters.length === 0) return null;
  const rows = parameters.map((parameter) => {
    const schema = description.resolve(parameter.schema) ?? {};
    const about = [parameter.in, description.typeOf(parameter.schema), rulesOf(schema)];
    if (parameter.required) about.push("required");
    return row(parameter.name, `${parameter.description ?? ""} `,
               element("span", { class: "note" }, `(${about.filter(Boolean).join("; ")})`));
  });
  return element("div", {}, element("h4", {}, "Parameters"), element("table", {}, ...rows));
}

function membersOf(description, schema) {
  const known = description.resolve(schema) ?? {};
  const rows = Object.entries(known.properties ?? {}).map(([name, property]) => {
    const about = [description.typeOf(property), rulesOf(description.resolve(property) ?? {})];
    if (known.required?.includes(name)) about.push("required");
    return row(name, `${property.description ?? ""} `,
               element("span", { class: "note" }, `(${about.filter(Boolean).join("; ")})`));
  });
  return rows.length === 0 ? null : element("table", {}, ...rows);
}

function bodyOf(description, operation) {
  const content = operation.requestBody?.content;
  if (!content) return null;
  const parts = Object.entries(content).map(([type, { schema }]) =>
    element("div", {}, element("p", { class: "note" }, `${type}: ${description.typeOf(schema)}`),
            membersOf(description, schema)));
  return element("div", {}, element("h4", {}, "Body"), ...parts);
}

function answersOf(description, operation) {
  const rows = Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const known = description.resolve(answer);
    const schema = known.content?.["application/json"]?.schema;
    return row(status, `${known.description ?? ""} `,
               element("span", { class: "note" }, schema ? `(${shapeOf(description, schema)})` : ""));
  });
  return element("div", {}, element("h4", {}, "Answers"), element("table", {}, ...rows));
}

// "data: list of PostInList, page: object"
function shapeOf(description, schema) {
  const known = description.resolve(schema) ?? {};
  if (schema.$ref || !known.properties) return description.typeOf(schema);
  return Object.entries(known.properties)
    .map(([name, property]) => `${name}: ${description.typeOf(property)}`).join(", ");
}

function sectionOf(description, operation) {
  return element("section", { id: operation.anchor },
    element("h3", {}, element("span", { class: "method" }, operation.method), operation.path),
    element("p", {}, operation.summary ?? ""),
    operation.security ? element("p", { class: "note" }, "Needs credentials.") : null,
    parametersOf(description, operation),
    bodyOf(description, operation),
    answersOf(description, operation));
}

function schemaSection(description, name) {
  const schema = description.api.components.schemas[name];
  return element("section", { id: `schema-${name}` }, element("h3", {}, name),
    element("p", {}, schema.description ?? ""), membersOf(description, schema));
}

function show(api) {
  const description = new Description(api);
  const schemas = Object.keys(api.components?.schemas ?? {});
  const about = new Map((api.tags ?? []).map((tag) => [tag.name, tag.description ?? ""]));
  const contents = [];
  const main = [element("h1", {}, `${api.info.title} ${api.info.version}`)];
  for (const [name, operations] of description.groups()) {
    contents.push(element("h2", {}, name));
    main.push(element("h2", {}, name), element("p", {}, about.get(name) ?? ""));
    for (const operation of operations) {
      contents.push(element("a", { href: `#${operation.anchor}`, title: operation.path },
                            operation.summary ?? operation.path));
      main.push(sectionOf(description, operation));
    }
  }
  contents.push(element("h2", {}, "schemas"));
  main.push(element("h2", {}, "schemas"));
  for (const name of schemas) {
    contents.push(element("a", { href: `#schema-${name}` }, name));
    main.push(schemaSection(description, name));
  }
  document.title = api.info.title;
  document.getElementById("contents").replaceChildren(...contents);
  document.getElementById("description").replaceChildren(...main);
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

try {
  const response = await fetch("/api/openapi.json");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  show(await response.json());
} catch (error) {
  const text = `The description can't be shown: ${error.message}`;
  document.getElementById("description").replaceChildren(element("p", {}, text));
}
