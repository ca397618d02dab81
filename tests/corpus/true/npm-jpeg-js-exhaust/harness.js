// Decode a picture, as for a thumbnail.
"use strict";
const fs = require("fs");
const jpeg = require("jpeg-js");

const { width, height } = jpeg.decode(fs.readFileSync(process.argv[2]));
console.log(width, height);
