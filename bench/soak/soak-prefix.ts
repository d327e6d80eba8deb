/** How the folder of a soak's bundle begins; one that lost who started it removes its own. */
export const soakPrefix = '.soak-'
