/** Where a batcher puts its frames. */
export type DataAvailability = 'calldata' | 'blobs'
