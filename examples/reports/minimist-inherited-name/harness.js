// Parse the arguments that the input file holds, one a line.
"use strict";
const { readFileSync } = require("node:fs");
const minimist = require("minimist");

const words = readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
console.log(Object.keys(minimist(words)));
