/** What the first event of a recording says as its topology. */
export const recordingTopology = 'recording'
