#!/usr/bin/env node
// npm links a command when it installs, before anything is built in a clone: this file is always there.
require('../dist/cli/main.cjs')
