import { twoVerifiersFollowing } from '../harness/topologies.ts'
import { startSystem } from '../harness/world/system.ts'

const s = await startSystem({ topology: twoVerifiersFollowing, name: 'boot' })
console.log('boot', s.bootMs, s.directory.path)
await s.stop()
process.exit(0)
