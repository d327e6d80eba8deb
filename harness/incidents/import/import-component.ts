/** Who says, in an imported recording, what cannot be known of it: an explanation says it too. */
export const importComponent = 'import'
