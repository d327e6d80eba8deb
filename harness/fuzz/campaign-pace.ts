/**
 * A half of what a run costs is asking whether anything is new: campaigns ask L1 as often as live scenarios do in the time of
 * its block, whatever that of L2 is, and not four times in an L2 block as well.
 */
export const campaignPace = { l1PollsPerBlock: 8, batcherPollsPerBlock: 1 }
