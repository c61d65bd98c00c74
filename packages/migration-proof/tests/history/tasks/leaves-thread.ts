import { openBridge } from '../../../src/history/bridge/open-bridge.ts'

/** A program that opens a bridge and does not close it. */
const bridge = openBridge({ module: new URL('problems.ts', import.meta.url), folder: process.cwd() })
const connection = { exec: () => {}, all: () => [], inTransaction: false }
bridge.call('readsProject', {}, connection)
console.log('done')
