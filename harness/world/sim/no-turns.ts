import type { CreateTurns } from '../../el/execution/event-loop.ts'

/** Execution takes no virtual time: nobody else has to get a turn. */
export const noTurns: CreateTurns = () => () => Promise.resolve()
