import { writeFileSync } from 'node:fs'
import { documentEvents } from './document.ts'

/** `npm run docs` */
writeFileSync(new URL('../../docs/events.md', import.meta.url), documentEvents())
