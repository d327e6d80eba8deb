/** Type of the test annotation whose message is the path of a run's directory: how a reporter finds the live timeline. */
export const runAnnotation = 'lockstep-run'

/** Type of those that tell, as JSON, how far a run is that writes no file while it runs. */
export const progressAnnotation = 'lockstep-progress'

/** `1` where somebody shows how far a run is. */
export const progressVariable = 'LOCKSTEP_PROGRESS'
