/**
 * Validates `asyncapi.yaml` against the published AsyncAPI schema of its version, follows every `$ref` in
 * it, and validates each message's examples against that message's payload schema.
 */
import { readFile } from "node:fs/promises";
import specs from "@asyncapi/specs";
import { Ajv, type ErrorObject } from "ajv";
import { parse } from "yaml";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const file = "asyncapi.yaml";
const problems: string[] = [];

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* nodes(value: Json, path: string): Generator<[string, Json]> {
  yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    yield* nodes(child, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  }
}

function explain(where: string, errors: readonly ErrorObject[] | null | undefined): void {
  for (const { instancePath, message } of errors ?? []) {
    problems.push(`${where}${instancePath}: ${message}`);
  }
}

const document = parse(await readFile(file, "utf8")) as Json;
if (!isObject(document)) throw new TypeError(`${file} is not an object`);
const version = String(document["asyncapi"]);
const schema = (specs.schemasWithoutId as Record<string, object | undefined>)[version];
if (!version.startsWith("3.") || schema === undefined) {
  throw new RangeError(`${file} must be an AsyncAPI 3 document, got version ${version}`);
}

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
if (!ajv.validate(schema, document)) explain("", ajv.errors);

const byPath = new Map(nodes(document, "#"));
for (const [path, node] of byPath) {
  const ref = isObject(node) ? node["$ref"] : undefined;
  if (typeof ref === "string" && !byPath.has(decodeURI(ref))) problems.push(`${path}: no ${ref}`);
}

let examples = 0;
if (problems.length === 0) {
  ajv.addSchema(document, file);
  for (const [path, message] of byPath) {
    if (!/^#\/components\/messages\/[^/]+$/.test(path) || !isObject(message)) continue;
    const list = message["examples"];
    if (!Array.isArray(list) || list.length === 0) {
      problems.push(`${path}: has no example`);
      continue;
    }
    const validate = ajv.compile({ $ref: `${file}${path}/payload` });
    list.forEach((example: Json, index) => {
      examples += 1;
      const payload = isObject(example) ? example["payload"] : undefined;
      if (!validate(payload)) explain(`${path}/examples/${index}`, validate.errors);
    });
  }
}

if (problems.length > 0) {
  console.error(`${file}:\n${problems.join("\n")}`);
  process.exitCode = 1;
} else {
  console.error(`${file}: AsyncAPI ${version}, ${examples} examples, no problem`);
}
