const fs = require('fs')
const stringify = require('fast-json-stable-stringify')

let text = fs.readFileSync(process.argv[2], 'utf8').trim()
do text = JSON.stringify(JSON.parse(text)); while (text.length > 10)
console.log(stringify(JSON.parse(text)))
