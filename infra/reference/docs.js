"use strict";
/**
 * Renders the contract and tries its routes. Everything that comes from the document or an answer is set as text,
 * never as markup. The credential stays in its field: nothing is stored.
 */
const about = document.getElementById("about");
const operations = document.getElementById("operations");
const authorization = document.getElementById("authorization");
const filter = document.getElementById("filter");
const methods = ["get", "post", "patch", "delete"];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function parent(name, children, className) {
  const made = element(name, undefined, className);
  made.append(...children);
  return made;
}

function resolve(contract, value) {
  if (value === undefined || value.$ref === undefined) return value;
  return value.$ref.slice(2).split("/").reduce((at, step) => at[step], contract);
}

/** Text in which `code` is marked by backticks. */
function prose(text, className) {
  const pieces = text.split("`").map((piece, index) => (index % 2 === 0 ? piece : element("code", piece)));
  return parent("p", pieces, className);
}

function field(label, note, input) {
  return parent("label", [element("span", label), " ", element("span", note.replaceAll("`", ""), "note"), input]);
}

function json(value) {
  return element("pre", JSON.stringify(value, null, 2));
}

function folded(title, content) {
  return parent("details", [element("summary", title), content]);
}

function parameterField(parameter) {
  const input = element("input");
  input.name = parameter.name;
  input.required = parameter.required === true;
  input.dataset.in = parameter.in;
  input.placeholder = String(parameter.example ?? parameter.schema?.examples?.[0] ?? parameter.schema?.default ?? "");
  const choices = parameter.schema?.enum === undefined ? "" : ` One of ${parameter.schema.enum.join(", ")}.`;
  return field(`${parameter.name}${parameter.required === true ? " *" : ""}`, `${parameter.in}. ${parameter.description ?? ""}${choices}`, input);
}

function requestOf(form, operation) {
  const query = new URLSearchParams();
  const headers = new Headers();
  let path = operation.path;
  for (const { name, value, dataset } of form.querySelectorAll("input")) {
    if (dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    if (value !== "" && dataset.in === "query") query.set(name, value);
    if (value !== "" && dataset.in === "header") headers.set(name, value);
  }
  if (authorization.value !== "" && operation.security.length > 0) headers.set("Authorization", authorization.value.trim());
  const body = form.querySelector("textarea")?.value;
  if (body) headers.set("Content-Type", "application/json");
  const address = query.size === 0 ? path : `${path}?${query}`;
  return { address, options: { method: operation.method.toUpperCase(), headers, redirect: "error", credentials: "omit", ...(body ? { body } : {}) } };
}

async function send(form, operation, output) {
  output.textContent = "…";
  try {
    const { address, options } = requestOf(form, operation);
    const reply = await fetch(address, options);
    const text = await reply.text();
    const headers = [...reply.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    output.textContent = `${reply.status}\n${headers}\n\n${/json/.test(reply.headers.get("content-type") ?? "") ? JSON.stringify(JSON.parse(text), null, 2) : text}`;
  } catch (error) {
    output.textContent = String(error);
  }
}

function tryForm(contract, operation) {
  const form = element("form");
  const parameters = operation.parameters.map((parameter) => resolve(contract, parameter));
  form.append(...parameters.map(parameterField));
  const media = operation.requestBody?.content["application/json"];
  if (media !== undefined) {
    const body = element("textarea", JSON.stringify(media.example ?? {}, null, 2));
    body.spellcheck = false;
    form.append(field("body", operation.requestBody.required ? "required" : "may be left out", body), folded("Schema", json(media.schema)));
  }
  const output = element("pre");
  output.hidden = true;
  output.setAttribute("aria-live", "polite");
  form.append(element("button", "Send"), output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    void send(form, operation, output);
  });
  return form;
}

function replies(contract, operation) {
  return Object.entries(operation.responses).map(([status, reference]) => {
    const reply = resolve(contract, reference);
    const media = Object.entries(reply.content ?? {});
    const content = media.map(([type, { schema }]) => parent("div", [element("p", type, "note"), json(schema)]));
    const head = parent("summary", [element("span", status, "status"), element("span", reply.description.replaceAll("`", ""))]);
    return parent("details", [head, ...content]);
  });
}

function render(contract, operation) {
  const head = parent("summary", [
    element("span", operation.method.toUpperCase(), "method"),
    element("span", operation.path, "path"),
    element("span", operation.summary),
  ]);
  const permission = operation["x-permission"] === undefined ? "No credential." : `Permission \`${operation["x-permission"]}\`.`;
  const details = parent("details", [head], "operation");
  details.id = operation.operationId;
  details.dataset.text = `${operation.path} ${operation.summary} ${operation["x-permission"] ?? ""}`.toLowerCase();
  // Built when it is first opened, because a contract has some forty of these.
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    details.append(prose(operation.description ?? ""), prose(permission, "note"), tryForm(contract, operation), ...replies(contract, operation));
  });
  return details;
}

function operationsOf(contract, tag) {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]?.tags.includes(tag)).map((method) => ({ ...item[method], path, method })),
  );
}

async function start() {
  const reply = await fetch("openapi.json");
  const contract = await reply.json();
  about.textContent = contract.info.description;
  for (const { name, description } of contract.tags) {
    const rendered = operationsOf(contract, name).map((operation) => render(contract, operation));
    operations.append(parent("section", [element("h2", name), element("p", description, "note"), ...rendered]));
  }
  operations.append(parent("section", [element("h2", "Schemas"), ...schemas(contract)]));
  openLinked();
}

function schemas(contract) {
  return Object.entries(contract.components.schemas).map(([name, schema]) => {
    const details = folded(name, json(schema));
    details.dataset.text = name.toLowerCase();
    return details;
  });
}

/** Opens the operation that the address names: `docs#licensesValidate`. */
function openLinked() {
  const linked = document.getElementById(location.hash.slice(1));
  if (linked?.className !== "operation") return;
  linked.open = true;
  linked.scrollIntoView();
}

filter.addEventListener("input", () => {
  const words = filter.value.toLowerCase().split(/\s+/);
  for (const details of operations.querySelectorAll("details[data-text]")) {
    details.hidden = !words.every((word) => details.dataset.text.includes(word));
  }
  for (const section of operations.children) section.hidden = section.querySelector("details:not([hidden])") === null;
});

addEventListener("hashchange", openLinked);

start().catch((error) => {
  about.textContent = `The contract can't be read: ${error}`;
});
