// @ts-check
/** Prints the most memory that the process held, when it ends: https://man7.org/linux/man-pages/man2/getrusage.2.html */
const { isMainThread } = require('node:worker_threads')

if (isMainThread) {
  process.on('exit', () => console.log(`peak memory: ${Math.round(process.resourceUsage().maxRSS / 1000)}`))
}
