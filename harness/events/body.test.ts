import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { headOf, methodsOf, stringField } from './body.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const heldBytes = () => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

it('gives values that keep nothing of the body that they stood in', () => {
  const bodyOf = (index: number) =>
    Buffer.from(
      `{"method":"engine_newPayloadV${index}","blockHash":"0x${String(index).padStart(64, '0')}","extra":"${'ab'.repeat(4_000)}"}`,
    )
  const before = heldBytes()
  const kept = Array.from({ length: 1_000 }, (_, index) => [
    stringField(headOf(bodyOf(index)), 'blockHash'),
    ...methodsOf(bodyOf(index)),
  ])
  // The bodies are 8 MB each way.
  expect(heldBytes() - before).toBeLessThan(1_000_000)
  expect(kept[7]).toEqual([`0x${'7'.padStart(64, '0')}`, 'engine_newPayloadV7'])
})
