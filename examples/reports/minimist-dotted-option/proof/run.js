"use strict";

const fs = require("fs");
const parse = require("minimist");

/** A build as a merge request describes it: its flags, and words that follow. */
const build = JSON.parse(fs.readFileSync(process.argv[2]));
const options = parse([].concat(build.flags, build.words), { boolean: ["verbose"], alias: { o: "output" } });

console.log(build.title, Object.keys(options).join(" "));
