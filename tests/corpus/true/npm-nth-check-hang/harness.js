// Parse the formula of an :nth-child() selector; a number after "blanks" says how many follow the n.
"use strict";
const { readFileSync } = require("node:fs");
const nthCheck = require("nth-check");

const [, coefficient, blanks, rest] = /^(\S+) blanks (\d+) (\S+)/.exec(readFileSync(process.argv[2], "utf8"));
const parse = nthCheck.parse || nthCheck.default.parse;
try {
  console.log(parse(coefficient + " ".repeat(Number(blanks)) + rest));
} catch (refused) {
  console.log(refused.message.slice(0, 40));
}
