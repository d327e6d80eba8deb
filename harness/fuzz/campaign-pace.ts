/** A half of what a run costs is asking whether anything is new: campaigns ask as often as operators do, not as scenarios. */
export const campaignPace = { l1PollsPerBlock: 2, batcherPollsPerBlock: 1 }
