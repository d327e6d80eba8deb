/** Type of the test annotation whose message is the path of a run's directory: how a reporter finds the live timeline. */
export const runAnnotation = 'lockstep-run'
