import { createEVM } from '@ethereumjs/evm'

/** Of the one copy of the library in this process. */
let prototype: Promise<object> | null = null

/** Any that no fork gives a meaning. */
const opcode = 0x0c

/**
 * The prototype of the interpreter that runs code in this process. The class is no export of the package, and a file of
 * the package may be another copy than the one that a bundle took in; an opcode of our own is handed the very interpreter
 * that runs.
 * @throws Error when a version of the package no longer hands it over.
 */
export function interpreterPrototype(): Promise<object> {
  prototype ??= find()
  return prototype
}

async function find(): Promise<object> {
  const seen: object[] = []
  const customOpcodes = [
    {
      ...{ opcode, opcodeName: 'SELF', baseFee: 0 },
      logicFunction: ({ interpreter }: { readonly interpreter: object }) => void seen.push(interpreter),
    },
  ]
  const evm = await createEVM({ customOpcodes })
  await evm.runCode({ code: Uint8Array.of(opcode), gasLimit: 1_000n })
  const [interpreter] = seen
  if (interpreter === undefined)
    throw new Error(
      'expected @ethereumjs/evm to hand its interpreter to an opcode of our own: it is another version than package.json pins',
    )
  return Object.getPrototypeOf(interpreter)
}
