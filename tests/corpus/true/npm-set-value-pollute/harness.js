// Save the settings that the input file lists: an object of dotted names and values.
"use strict";
const { readFileSync } = require("fs");
const set = require("set-value");

const wanted = JSON.parse(readFileSync(process.argv[2], "utf8"));
const settings = { theme: { colour: "plain" } };
for (const name of Object.keys(wanted)) set(settings, name, wanted[name]);
console.log(Object.keys(settings));
