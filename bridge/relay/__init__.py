"""The staircase: every message goes up it once, in either direction, and is on disk at each of three landings.

     a door ──Arrival──▶ intake.accept ──ONE COMMIT──▶ journal           (1) accepted: now the door answers 2xx
                                                          │
              lanes.run claims idle lanes, one holder each, and hands the head of each to
                                                          ▼
     step.take:   read      raw → Message | News | Skip   pure, the edge's   (a bug here is a dead letter, not a lost message)
                  rules     which conversation            pure
                  plan      Message → [Call, …]           pure, the edge's
                  pace      gate.reserve                  token buckets, breaker
                  begin     ──COMMIT──▶ journal                          (2) sending call k: die here and it is a suspect
                  send      Call → Outcome                the edge's, the only I/O to the far side
                  decide    Outcome → Verdict             pure
                  settle    ──COMMIT──▶ journal                          (3) settled: done, again, or dead

What it promises, by name:

* no-loss     an accepted entry ends as done or dead, and a dead one has a reason; nothing else removes it.
* in-order    a lane is held by one holder, its entries are taken in order, a failing head holds the lane.
* no-double   a call is repeated only after `NotSent` or `Busy` (it surely did not arrive), or as a counted suspect.
* converges   a lane with ready work is claimed: wake-ups are hints, a poll every second is the truth.

These rooms know neither Telegram nor Tiledesk nor SQL; a direction is a `Route`, which is data.
"""
