import { defineConfig } from 'lockstep/config'

export default defineConfig({
  // The node under test, once you have one: its kind by slot, and its executable.
  // cl: { follower: 'op-node' },
  // bin: { 'op-node': '/opt/op-node' },
})
