import { join } from 'node:path'
import { expect, it } from 'vitest'
import { vocabularyPage } from './vocabulary-page.ts'

it('docs/faults.md is what the vocabulary says', async () => {
  await expect(vocabularyPage()).toMatchFileSnapshot(join(import.meta.dirname, '../../docs/faults.md'))
})
