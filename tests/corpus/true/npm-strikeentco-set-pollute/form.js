"use strict";
// A posted form (URL-encoded), unfolded by the dots in its fields' names.
const fs = require("fs");
const unfold = require("@strikeentco/set");

const posted = new URLSearchParams(fs.readFileSync(process.argv[2], "utf8").trim());
const form = {};
posted.forEach((value, field) => unfold(form, field, value));
console.log(form);
