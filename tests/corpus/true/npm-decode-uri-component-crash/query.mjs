import { readFileSync } from 'node:fs';
import decode from 'decode-uri-component';

// Show each value of a query string.
for (const pair of readFileSync(process.argv[2], 'latin1').trim().split('&')) {
  console.log(decode(pair.slice(pair.indexOf('=') + 1)));
}
