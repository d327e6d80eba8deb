/** The environment variable in which a task of a swarm is told its slot. */
export const slotVariable = 'LOCKSTEP_TASK_SLOT'

/** What stands for the slot in that variable: the swarm puts it there. */
export const slotTemplate = '{{.Task.Slot}}'

/**
 * The shard of a task, as `--shard` takes it. Slots count from 0, and a swarm puts the id of its machine for 0 there, as if
 * there was none.
 */
export function shardOfSlot(slot: string, count: number): string {
  const index = /^\d{1,6}$/.test(slot) ? Number(slot) + 1 : 1
  return `${index}/${count}`
}
