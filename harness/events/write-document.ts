import { writeFileSync } from 'node:fs'
import { documentEvents } from './document.ts'

/** `npm run docs:events` */
writeFileSync(new URL('../../docs/events.md', import.meta.url), documentEvents())
