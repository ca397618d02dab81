"use strict";
// Look the address of an interface up: `interface = name` in the input file, $PROGRAM is the marker's path.
const { readFileSync } = require("fs");
const { one } = require("macaddress");

const [, name] = /^interface *= *(.*)$/m.exec(readFileSync(process.argv[2], "utf8"));
one(name.replace("$PROGRAM", process.env.HEADSTART_MARKER), (error, address) => {
  console.log(error ? "no such interface" : address);
});
