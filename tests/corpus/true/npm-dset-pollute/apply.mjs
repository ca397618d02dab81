// Apply a client's patch, a list of path and value, to a document (an ES module; dset has one too).
import { readFileSync } from "node:fs";
import { argv } from "node:process";
import { dset } from "dset";

const document = { title: "Minutes", pages: [] };
for (const { path, value } of JSON.parse(readFileSync(argv[2], "utf8"))) {
  dset(document, path, value);
}
console.log(JSON.stringify(document));
