// Render a page with a request's body as its data, as web frameworks do.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const ejs = require("ejs");

const body = JSON.parse(fs.readFileSync(process.argv[2], "utf8").replace("{marker}", process.env.HEADSTART_MARKER));
ejs.renderFile(path.join(__dirname, "page.ejs"), body, (error, page) => console.log(page || error.message));
