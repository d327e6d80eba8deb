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
export { followTimeline, parseTimelineLine, readTimeline } from './events/reader.ts'
export { TimelineError } from './events/timeline-error.ts'
