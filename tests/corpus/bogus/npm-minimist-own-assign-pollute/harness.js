const fs = require('fs')
const minimist = require('minimist')

const given = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
const options = minimist(given.args)
for (const key of Object.keys(given.extra)) Object.assign(Object.getPrototypeOf(options), { [key]: given.extra[key] })
