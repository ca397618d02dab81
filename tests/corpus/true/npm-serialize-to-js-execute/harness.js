// Bring a stored session back. MARKER in it stands for the path of the marker program.
"use strict";
const { readFileSync } = require("node:fs");
const { deserialize } = require("serialize-to-js");

const stored = readFileSync(process.argv[2], "utf8").replaceAll("MARKER", process.env.HEADSTART_MARKER);
console.log(Object.keys(deserialize(stored)));
