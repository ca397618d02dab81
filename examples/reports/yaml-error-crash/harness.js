// Parse the document that the input file holds, and count the errors in it.
"use strict";
const { readFileSync } = require("node:fs");
const { parseDocument } = require("yaml");

const document = parseDocument(readFileSync(process.argv[2], "utf8"));
console.log(`${document.errors.length} errors`);
