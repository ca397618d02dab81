"use strict";
const braces = require("braces");
// A pattern; a number in front of it says how often it is repeated.
const [, times, pattern] = /^(\d+)x(.*)$/m.exec(require("fs").readFileSync(process.argv[2], "utf8"));
console.log(braces(pattern.repeat(times)).length);
