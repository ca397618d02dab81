const fs = require('fs')
const ms = require('ms')

const text = fs.readFileSync(process.argv[2], 'utf8').trim()
Error.prepareStackTrace = () => [{
  getFileName: () => require.resolve('ms'), getLineNumber: () => 50, getFunctionName: () => 'parse', isEval: () => false
}]
if (ms(text) === undefined) throw new TypeError('unit is undefined')
