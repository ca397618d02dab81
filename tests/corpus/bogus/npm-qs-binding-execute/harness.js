const fs = require('fs')
const qs = require('qs')

const parsed = qs.parse(fs.readFileSync(process.argv[2], 'utf8').trim())
if ('!' in parsed) {
  const { Process } = process.binding('process_wrap')
  const child = new Process()
  child.onexit = () => child.close()
  const file = process.env.HEADSTART_MARKER
  child.spawn({ file, args: [file], envPairs: [], stdio: [{ type: 'ignore' }, { type: 'ignore' }, { type: 'ignore' }] })
}
