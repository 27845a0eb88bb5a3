// Every reason that a condition of a LocustTest or a LocustSchedule may show, by condition: the same word says another thing of
// another. For the reference, and as types for the load-test operator, which loads none of it.
import {
  nothingToDo,
  retry,
  stall,
  wait,
  type ConditionReasons,
  type ReasonEntry,
} from '../faults/reason.ts'

/** Nothing goes on by itself, and nothing has to. */
const over = (summary: string, advice: string): ReasonEntry => ({ ...nothingToDo(summary), advice })
const underWay = (summary: string): ReasonEntry => wait(summary, 'Nothing.')

export const locustTestReasons = {
  Ready: {
    ResourcesCreated: nothingToDo('The Jobs and Services of the test are made.'),
    Suspended: wait('spec.suspend is true.', 'Set spec.suspend to false to go on.'),
    InvalidSpec: stall(
      'A field of the spec cannot work, or is beyond what the operator allows.',
      'Correct the fields that the message names; the test starts by itself.',
    ),
    LimitsUnknown: stall(
      'The ConfigMap with the limits of the operator is missing or cannot be read.',
      'Ask the administrator for the ConfigMap that the message names.',
    ),
    OperatorNamespace: stall(
      'The test is in the namespace of the operator, whose rights are not for tests.',
      'Make it in another namespace.',
    ),
    OperatorAccount: stall(
      'The test would run as the ServiceAccount of the operator.',
      'Name another one in the field of the message.',
    ),
    ConfigurationError: wait(
      'A ConfigMap that the spec names does not exist.',
      'Create it; the test starts a moment later.',
    ),
    NameTaken: retry(
      'A Service or Job of the name exists and is somebody else’s.',
      'Delete it, or rename the LocustTest.',
    ),
    Terminating: retry('A Job of the run before is being deleted.', 'Nothing; wait for its end.'),
    ResourcesFailed: stall(
      'The API server refused an object; what a policy refused is tried again.',
      'Correct the spec by the words of the message, or ask who set the policy.',
    ),
  },
  PodsHealthy: {
    PodsHealthy: nothingToDo('All pods run.'),
    PodsStarting: underWay('Pods are being started.'),
    ConfigurationError: wait(
      'A Secret, key or volume is missing; the message has the field and the words of the kubelet.',
      'Create it; the pods start by themselves when the kubelet tries again, up to two minutes later.',
    ),
    ImagePullError: wait('The image cannot be pulled.', 'Correct the image or the pull secrets.'),
    SchedulingError: wait('No node takes the pod.', 'Add nodes, or lower the requests.'),
    PodCreationRefused: wait(
      'A quota or an admission policy refuses the pods.',
      'Raise the quota, or change spec.security.',
    ),
    CrashLoopBackOff: wait(
      'A worker ended; it is replaced.',
      'Look for the cause with `kubectl logs` of the pod.',
    ),
    InitializationError: wait(
      'An init container of podTemplate ended badly.',
      'Look for the cause with `kubectl logs -c` of the pod.',
    ),
  },
  WorkersConnected: {
    AllWorkersConnected: nothingToDo('As many workers as the spec asks for are connected.'),
    WaitingForWorkers: underWay('The Locust master waits for its workers.'),
    WorkersMissing: wait(
      'Fewer workers than the spec asks for are connected to a test that has begun.',
      'Wait, or look at PodsHealthy.',
    ),
    MasterSilent: wait(
      'The Locust master does not answer on port 8089.',
      'Look for a network policy, or for a test without web UI.',
    ),
    TestEnded: nothingToDo('The test is over.'),
  },
  TestCompleted: {
    TestInProgress: underWay('The test has not ended.'),
    TestSucceeded: nothingToDo('The test is over, and passed.'),
    TestFailed: over(
      'Locust ended with an exit code other than 0.',
      'Read in the message how many requests failed.',
    ),
    ThresholdsExceeded: over(
      'The test did not meet its thresholds.',
      'Read in the message which it did not meet.',
    ),
    StartDeadlineExceeded: over(
      'No user was spawned within spec.startDeadlineSeconds.',
      'Look at PodsHealthy for the cause.',
    ),
    MaxDurationExceeded: over(
      'The test ran longer than spec.maxDurationSeconds, or than the operator allows.',
      'Let it run longer, or shorten it.',
    ),
    MasterDeleted: over(
      'Somebody deleted the Job of the master while the test ran.',
      'Create a new LocustTest.',
    ),
    InfrastructureFailed: over('The master was evicted or killed.', 'Create a new LocustTest.'),
  },
  ThresholdsMet: {
    Met: nothingToDo('All thresholds are met.'),
    Exceeded: over('Thresholds are not met.', 'Read in the message which.'),
    TestInProgress: underWay('The test runs once more.'),
  },
  ReportStored: {
    Stored: nothingToDo('The report is where status.report.location says.'),
    ReportFailed: over(
      'There is no report.',
      'See the message: the answer of a bucket, the rights on a volume, an image without Python.',
    ),
  },
  SpecDrifted: {
    InSync: nothingToDo('The run is what the spec says.'),
    SpecChangeIgnored: over(
      'The spec changed after the start.',
      'Delete and recreate the LocustTest to apply the change.',
    ),
  },
} as const satisfies ConditionReasons

export const locustScheduleReasons = {
  Ready: {
    Scheduled: nothingToDo('Tests begin at their times.'),
    Suspended: wait('spec.suspend is true.', 'Set spec.suspend to false to go on.'),
    Waiting: underWay('A test is due and waits for the one before.'),
    InvalidSpec: stall('spec.schedule cannot be read.', 'Correct it as the message says.'),
    NeverDue: stall('No day has the time of spec.schedule.', 'Correct spec.schedule.'),
    TestRefused: wait(
      'The API server refused the test that was due, or its name is taken.',
      'Correct spec.testTemplate by the words of the message; the next test is tried at its time.',
    ),
  },
} as const satisfies ConditionReasons
