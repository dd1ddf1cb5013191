/** The workflows of the soak: each kind of thing that a run can hold, small enough that thousands fit into an hour. */
export type Kind = 'wide' | 'graph' | 'guarded' | 'secret' | 'asked' | 'mended' | 'long';

/** Written into the soak's workspace; the name of each file is `KIND.code.yaml`. */
export const WORKFLOWS: Readonly<Record<Kind, string>> = {
  wide: `parallel_deployment:
  build:
    - task: unit
      type: shell
      matrix: { part: [1, 2, 3, 4, 5, 6], os: [a, b] }
      with: { run: "echo \${{ matrix.part }}-\${{ matrix.os }}" }
  deploy:
    - { task: flood, type: shell, with: { run: "head -c 400000 /dev/zero | tr '\\\\0' x" } }
    - { task: tail, type: shell, depends_on: [flood], with: { run: "true" } }
`,
  graph: `schedule: graph
parallel_deployment:
  one:
    - { task: a, type: shell, with: { run: "echo id=$CODE_RUN_ID >> $CODE_OUTPUT" } }
    - { task: flaky, type: shell, retry: { attempts: 3, delay: 50ms }, with: { run: "test $CODE_ATTEMPT -ge 2" } }
    - { task: slow, type: shell, timeout: 300ms, allow_failure: true, with: { run: "sleep 30" } }
  two:
    - { task: b, type: shell, depends_on: [a], with: { run: "test '\${{ tasks.a.outputs.id }}' = $CODE_RUN_ID" } }
    - { task: never, type: shell, when: "1 > 2", with: { run: "exit 1" } }
    - { task: c, type: shell, depends_on: [never, flaky], with: { run: "sleep 0.1 & wait" } }
finally:
  - { task: tidy, type: shell, with: { run: "true" } }
`,
  guarded: `parallel_deployment:
  one:
    - { task: x, type: shell, resources: { lock: soak }, with: { run: "mkdir busy && sleep 0.05 && rmdir busy" } }
    - { task: y, type: shell, resources: { lock: [soak, other] }, with: { run: "mkdir busy && rmdir busy" } }
  two:
    - { task: wait, type: wait, with: { time: 100ms } }
    - task: kept
      type: shell
      cache: { inputs: [in.txt], outputs: ["kept/**"] }
      with: { run: "mkdir -p kept && cp in.txt kept/" }
`,
  secret: `secrets: [SOAK_SECRET]
parallel_deployment:
  one:
    - task: says
      type: shell
      env: { VALUE: "\${{ secrets.SOAK_SECRET }}" }
      with: { run: "for i in 1 2 3 4 5 6 7 8; do echo $VALUE; done; echo token=$VALUE >> $CODE_OUTPUT" }
  two:
    - { task: reads, type: shell, with: { run: "test '\${{ tasks.says.outputs.token }}' = $SOAK_SECRET" } }
`,
  asked: `parallel_deployment:
  one:
    - { task: go, type: approval, with: { message: "Really?" } }
  two:
    - { task: after, type: shell, with: { run: "true" } }
`,
  mended: `inputs: { mark: { type: string } }
parallel_deployment:
  one:
    - { task: good, type: shell, with: { run: "mkdir good-\${{ inputs.mark }}" } }
    - { task: bad, type: shell, with: { run: "test -f mended-\${{ inputs.mark }}" } }
  two:
    - { task: last, type: shell, with: { run: "rmdir good-\${{ inputs.mark }}; rm mended-\${{ inputs.mark }}" } }
`,
  long: `parallel_deployment:
  one:
    - { task: quick, type: shell, with: { run: "true" } }
    - task: long
      type: shell
      with: { run: "test $CODE_ATTEMPT -gt 1 || { trap 'exit 9' TERM; (sleep 60) & echo up; sleep 60 & wait; }" }
  two:
    - { task: after, type: shell, with: { run: "true" } }
finally:
  - { task: tidy, type: shell, with: { run: "true" } }
`,
};
