import { writeFileSync } from 'node:fs'
import { controlPage } from './control-page.ts'

/** `npm run docs` */
writeFileSync(new URL('../../docs/control.md', import.meta.url), controlPage())
