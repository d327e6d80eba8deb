import { readyBundle } from './ready-bundle.ts'

// The program of `npm run bundle`: what runs scenarios afterwards starts from it.
const directory = await readyBundle({ onMake: () => {} })
process.stdout.write(
  `${directory ?? 'no bundle: they are switched off, or node_modules cannot be written'}\n`,
)
