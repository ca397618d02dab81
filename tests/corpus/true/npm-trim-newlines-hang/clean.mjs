// Clean a message as a form does before storing it; "<n blank lines>" in the file stands for so many newlines.
import fs from "node:fs";
import { end } from "./trim.mjs";

const message = fs.readFileSync(process.argv[2], "utf8").trim();
console.log(end(message.replace(/<(\d+) blank lines>/g, (_, n) => "\n".repeat(n))).length);
