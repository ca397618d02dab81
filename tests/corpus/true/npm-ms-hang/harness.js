// Read the duration that a client asks for: digits so often repeated, and a unit.
"use strict";
const ms = require("ms");
const asked = require("fs").readFileSync(process.argv[2], "utf8");

const { digit, times, unit } = JSON.parse(asked);
console.log(typeof ms(digit.repeat(times) + unit));
