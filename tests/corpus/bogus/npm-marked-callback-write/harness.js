const fs = require('fs')
const path = require('path')
const { marked } = require('marked')

const text = fs.readFileSync(process.argv[2], 'utf8')
marked.use({ renderer: { heading (title) {
  fs.writeFileSync(path.join(process.env.HEADSTART_FORBIDDEN, 'heading'), title)
  return title
} } })
console.log(marked.parse(text))
