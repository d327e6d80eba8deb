/**
 * A program of its own: an engine whose store may take its process with it. Arguments: the datadir; a file that takes what
 * is left of its disk; when it does: `before`, `during` or `never`. Prints what happened as one JSON object.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { errorText } from '../../../../node/concurrency/error-text.ts'
import { buildBlock, createTestChain, headOnly, startTestEl, type TestEl } from '../../testing/test-el.ts'
import { attributesWithTransfers } from './transfers.ts'

const [datadir = '', filler = '', when = ''] = process.argv.slice(2)
const blocksMax = 2_000
/** Blocks before others take the rest of the disk, and after they let go of it. */
const [first, more] = [3, 5]

function fill(): void {
  for (let bytes = 64 * 1024; bytes >= 512; bytes /= 2)
    try {
      for (;;) writeFileSync(filler, new Uint8Array(bytes), { flag: 'a' })
    } catch {
      // No room for so much.
    }
}

const chain = await createTestChain()
const told: Record<string, unknown> = { error: null, opened: false, hold: null, reopened: null }

async function build(el: TestEl, number: number): Promise<void> {
  const head = el.chain.head.hash
  const { payload } = await buildBlock(el, head, await attributesWithTransfers(chain, number))
  await el.engine.forkchoiceUpdated(headOnly(payload.blockHash))
}

async function run(): Promise<void> {
  if (when === 'before') fill()
  let el: TestEl
  try {
    el = await startTestEl(chain, { datadir })
  } catch (error) {
    told['error'] = errorText(error)
    if (when === 'never') return
    rmSync(filler)
    el = await startTestEl(chain, { datadir })
  }
  told['opened'] = true
  let number = 1
  try {
    for (; number <= (when === 'during' ? blocksMax : first); number++) {
      if (number === first && when === 'during') fill()
      await build(el, number)
    }
  } catch (error) {
    told['error'] = errorText(error)
    // The engine answers all the same, and has lost nothing.
    told['hold'] = Number(await el.rpc.request('eth_blockNumber', [])) === number - 1
    rmSync(filler)
  }
  for (const end = number + more; number < end; number++) await build(el, number)
  const head = el.chain.head.hash
  await el.close()
  const again = await startTestEl(chain, { datadir })
  told['reopened'] = again.chain.head.hash === head && Number(again.chain.head.header.number) === number - 1
  await again.close()
}

await run()
process.stdout.write(JSON.stringify(told))
