import type { Turn } from '../../../node/concurrency/turns.ts'

/** Execution takes no virtual time: nobody else has to get a turn. */
export const noTurns: Turn = () => Promise.resolve()
