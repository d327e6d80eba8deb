/**
 * The events of a run, as `timeline.ndjson` holds them: `lockstep/events`.
 * @module
 */

export {
  type Fact,
  factSchema,
  type HeadLevel,
  headLevels,
  timelineVersion,
  type WorldEvent,
} from './events/event.ts'
export { followTimeline, parseTimelineLine, readTimeline, TimelineError } from './events/reader.ts'
