/* The gate's protocol: walk and lease by key, call, settle, bury, give back. One atomic{} is one step, that is, one
 * transaction under the gate's lock; what a process does between two of them is outside any transaction.
 *
 *   spin -a gate.pml && cc -O2 -DSAFETY -DCOLLAPSE -DNOFAIR -o pan pan.c && ./pan -m100000
 *
 * Faults come from budgets (-DDEATHS=1 and so on). -DM_… plants one mistake; -DLIVE asks whether work comes to its end.
 * README.md beside this file has the laws in words, the results and how to run all of it.
 */
#define N 2                       /* records */
#ifndef CAP
#define CAP 1
#endif
#ifndef DEATHS
#define DEATHS 1                  /* leases that pass their end, or whose run falls silent, while the run lives */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef EDITS
#define EDITS 1
#endif
#ifndef RULINGS
#define RULINGS 1
#endif
#ifndef FAILS
#define FAILS 1
#endif
#ifndef LOSSES
#define LOSSES 1                  /* answers that nobody hears */
#endif
#ifndef LETTERS
#define LETTERS 1                 /* steps that their client gives up, and that arrive later */
#endif
#ifndef TRIMS
#define TRIMS 0
#endif
#define LOST_MAX 3
#define ATTEMPTS_MAX 2

mtype = { NONE, LEASED, WAITING, DONE, PARKED };

/* The item, as the table has it. `loss`: the log says that its last attempt was lost, and `owner` whose it was. */
mtype st[N] = NONE;
byte att[N]; byte owner[N]; byte rev[N]; byte lost[N]; byte failed[N];
bool dead[N];                     /* past its end, or its run silent: to be buried */
bool loss[N];
byte floor_;                      /* no attempt number at or below it is given to a new item */

/* The user's row. `stands`: in the source. */
bool stands[N] = true; byte ver[N]; byte verdicts[N]; bool has[N]; byte seen_[N]; bool ruled[N];

/* 1 + faults - calls of a record. Never below 0: no call is repeated without a fault. */
short slack[N] = 1;

/* A step that was given up and may still arrive. `late`: its run has stepped since. */
bool mail[2]; bool late[2]; byte m_run[2]; byte m_key[2]; byte m_att[2]; byte m_ver[2];
byte lives[2];                    /* the id of the run that lives in each process; 0: none */
byte ids = 0;

byte deaths = DEATHS, crashes = CRASHES, edits = EDITS, rulings = RULINGS, fails = FAILS, losses = LOSSES,
  letters = LETTERS, trims = TRIMS;
byte k; byte live;

#define count() live = 0; k = 0; \
  do :: k < N -> if :: st[k] == LEASED -> live++ :: else fi; k++ :: else -> break od
#define OPEN(x) (stands[x] && (st[x] == NONE || st[x] == WAITING || st[x] == DONE || (st[x] == PARKED && rev[x] != ver[x])))

/* Gate, key, attempt and run; or the run's own recorded loss, while nobody has leased again. */
#ifdef M_NORUN
#define OWN(x, me) true
#else
#define OWN(x, me) (owner[x] == me)
#endif
#ifdef M_NOFENCE
#define MINE(x, a, me) (st[x] == LEASED)
#else
#ifdef M_RELEASED
#define MINE(x, a, me) ((st[x] == LEASED && OWN(x, me) && att[x] == a) || (st[x] != DONE && st[x] != NONE && att[x] > a) \
  || ((st[x] == WAITING || st[x] == PARKED) && loss[x] && OWN(x, me) && att[x] == a))
#else
#define MINE(x, a, me) ((st[x] == LEASED && OWN(x, me) && att[x] == a) \
  || ((st[x] == WAITING || st[x] == PARKED) && loss[x] && OWN(x, me) && att[x] == a))
#endif
#endif

#ifdef M_NOREVISION
#define AS_LEASED(x) true
#else
#define AS_LEASED(x) (ver[x] == rev[x])
#endif
#ifdef M_OVERRULES
#define GUARD(x) (stands[x] || ruled[x])
#else
#define GUARD(x) stands[x]
#endif

/* A finished call is told. `v` is the revision that the work has seen. */
inline settle(x, a, v, me) {
  if
  :: MINE(x, a, me) ->
    assert(a == att[x] && owner[x] == me);                /* no stale attempt writes, and nobody else's */
    if :: st[x] != LEASED -> slack[x]-- :: else fi;     /* the loss is replaced: it is no fault any more */
    loss[x] = false; dead[x] = false; lost[x] = 0; failed[x] = 0;
    if
    :: GUARD(x) && AS_LEASED(x) ->
      assert(!ruled[x]);                                /* a ruling is never overwritten */
      stands[x] = false; has[x] = true; seen_[x] = v; verdicts[x]++;
      assert(verdicts[x] <= 1)                          /* one verdict for a record and its revision */
    :: else                                             /* superseded */
    fi;
    st[x] = DONE
  :: else                                               /* stale, or told before */
  fi;
  assert(!has[x] || seen_[x] == ver[x])                    /* a verdict is for the current revision */
}

/* The work gave up without a verdict: row's fault (again) or the process stops (not again, unspent or not). */
inline fail(x, a, me, spends) {
  if
  :: MINE(x, a, me) ->
    if :: st[x] != LEASED -> slack[x]-- :: else fi;
    slack[x]++; loss[x] = false; dead[x] = false; failed[x] = failed[x] + spends; lost[x] = 0;
    if :: failed[x] >= ATTEMPTS_MAX -> st[x] = PARKED :: else -> st[x] = WAITING fi
  :: else
  fi
}
inline giveBack(x, a, me) {                             /* asked to stop: a recorded loss stands */
  if
#ifdef M_RETURNS
  :: st[x] == LEASED -> if :: owner[x] == me && att[x] == a -> slack[x]++ :: else fi; st[x] = WAITING; dead[x] = false
#else
  :: st[x] == LEASED && OWN(x, me) && att[x] == a -> slack[x]++; st[x] = WAITING; dead[x] = false
#endif
  :: else
  fi
}

/* What the run holds by the table and does not name was leased by an answer that never arrived. */
inline takeBack(me, x, a) {
  skip;
#ifndef M_KEEPS
  k = 0;
  do
  :: k < N ->
    if
    :: st[k] == LEASED && owner[k] == me && !(k == x && att[k] == a) -> st[k] = WAITING; dead[k] = false; loss[k] = false
    :: else
    fi; k++
  :: else -> break
  od
#endif
}
inline bury() {
  skip;
#ifndef M_NOBURY
  k = 0;
  do
  :: k < N ->
    if
    :: st[k] == LEASED && dead[k] ->
      dead[k] = false; loss[k] = true; lost[k]++; slack[k]++;
      if :: lost[k] >= LOST_MAX -> st[k] = PARKED :: else -> st[k] = WAITING fi
    :: else
    fi; k++
  :: else -> break
  od
#endif
}
/* Leases x, or nothing where no place is free. */
inline lease(x, me) {
  count();
#ifdef M_NOCAP
  live = 0;
#endif
  if
  :: live < CAP && OPEN(x) ->
    if :: st[x] == NONE -> att[x] = floor_ + 1 :: else -> att[x]++ fi;
    if :: st[x] == PARKED -> lost[x] = 0 :: else fi;
    st[x] = LEASED; owner[x] = me; loss[x] = false; dead[x] = false;
    if :: rev[x] != ver[x] -> failed[x] = 0 :: else fi;
    rev[x] = ver[x];
    count(); assert(live <= CAP)                        /* live leases are never over the cap */
  :: else
  fi; live = 0
}

#define NOBODY 9
proctype Run(byte w) {
  byte me, i = NOBODY, a, v, x;
  bool room;
opened:
  atomic { ids++; me = ids; lives[w] = me }
idle:
  i = NOBODY; a = 0; v = 0;
end_idle:
  /* Somebody's lease is to be buried, something stands, or an answer was lost: there is a reason to step. */
  atomic { OPEN(0) || OPEN(1) || (st[0] == LEASED && (dead[0] || owner[0] == me)) || (st[1] == LEASED && (dead[1] || owner[1] == me)) ->
    if :: OPEN(0) -> x = 0 :: OPEN(1) -> x = 1 :: else -> if :: x = 0 :: x = 1 fi fi
#ifdef M_RACYCOUNT
    ; bury(); count(); room = (live < CAP)              /* counted in one snapshot, leased in the next */
  }
  atomic { if :: !room -> goto idle :: else fi; if :: OPEN(x) -> st[x] = LEASED; att[x]++; owner[x] = me; rev[x] = ver[x];
      loss[x] = false; dead[x] = false; count(); assert(live <= CAP) :: else -> goto idle fi;
#else
    ; late[w] = mail[w]; takeBack(me, NOBODY, 0); bury(); lease(x, me);
#endif
    if
    :: st[x] == LEASED && owner[x] == me ->
      if
      :: i = x; a = att[x]; v = ver[x]; x = 0           /* the answer is heard */
      :: losses > 0 -> losses--; x = 0; goto idle       /* or not: nobody calls */
      fi
    :: else -> x = 0; goto idle
    fi
  }
  /* The call, outside any transaction. */
  atomic { slack[i]--; assert(slack[i] >= 0) }          /* no call is repeated without a fault */
  if
  :: skip                                               /* answered */
  :: atomic { crashes > 0 -> crashes--; lives[w] = 0; i = NOBODY; a = 0; v = 0 } goto opened
  :: atomic { fails > 0 -> fails--; late[w] = mail[w]; fail(i, a, me, 1); takeBack(me, NOBODY, 0); bury() } goto idle
  :: atomic { fails > 0 -> fails--; late[w] = mail[w]; giveBack(i, a, me); bury() } goto idle
  :: atomic { letters > 0 && !mail[w] -> letters--; mail[w] = true; late[w] = false;
       m_run[w] = me; m_key[w] = i; m_att[w] = a; m_ver[w] = v }   /* the step is given up, and sent once more */
  fi;
  atomic { late[w] = mail[w]; settle(i, a, v, me); takeBack(me, NOBODY, 0); bury() }
  if
  :: atomic { losses > 0 -> losses--; settle(i, a, v, me) }        /* nobody heard: told a second time */
  :: skip
  fi;
  goto idle
}

/* The network, people, clocks. */
proctype World() {
  byte y; byte w; bool seen;
end_world:
  do
  :: atomic { mail[0] || mail[1] -> if :: mail[0] -> w = 0 :: mail[1] -> w = 1 fi;
       mail[w] = false; settle(m_key[w], m_att[w], m_ver[w], m_run[w]);
#ifdef M_LATE
       takeBack(m_run[w], NOBODY, 0); bury();
#else
       if
       :: !late[w] && lives[w] != 0 ->                  /* not late: it leases too, and nobody will hear of it */
         takeBack(m_run[w], m_key[w], m_att[w]); bury(); if :: y = 0 :: y = 1 fi; lease(y, m_run[w])
       :: else
       fi;
#endif
       late[w] = false; m_run[w] = 0; m_key[w] = 0; m_att[w] = 0; m_ver[w] = 0; y = 0; w = 0 }
  :: atomic { deaths > 0 -> if :: y = 0 :: y = 1 fi;
       if :: st[y] == LEASED && !dead[y] -> deaths--; dead[y] = true :: else fi; y = 0 }
  :: atomic { st[0] == LEASED && !dead[0] && owner[0] != lives[0] && owner[0] != lives[1] -> dead[0] = true }
  :: atomic { st[1] == LEASED && !dead[1] && owner[1] != lives[0] && owner[1] != lives[1] -> dead[1] = true }
  :: atomic { edits > 0 -> edits--; if :: y = 0 :: y = 1 fi;
       ver[y]++; stands[y] = true; ruled[y] = false; has[y] = false; verdicts[y] = 0; slack[y]++; y = 0 }
  :: atomic { rulings > 0 -> rulings--; if :: y = 0 :: y = 1 fi;
       stands[y] = false; ruled[y] = true; has[y] = false; y = 0 }
  :: atomic { trims > 0 -> if :: y = 0 :: y = 1 fi;
       if
       :: (st[y] == DONE || st[y] == PARKED) && !stands[y] -> trims--;
#ifndef M_RESTART
         if :: att[y] > floor_ -> floor_ = att[y] :: else fi;
#endif
         st[y] = NONE; att[y] = 0; owner[y] = 0; rev[y] = 0; lost[y] = 0; failed[y] = 0; loss[y] = false
       :: else
       fi; y = 0 }
#ifdef M_BLINDBURY
  :: atomic { seen = (st[0] == LEASED && dead[0]) };    /* read in one transaction, written in the next */
     atomic { if :: seen -> assert(st[0] != DONE); st[0] = WAITING; loss[0] = true; dead[0] = false; slack[0]++ :: else fi; seen = false }
#endif
  od
}

#ifdef LIVE
#define ENDED(x) (!stands[x] || (st[x] == PARKED && rev[x] == ver[x]))
ltl comes_to_its_end { <>[] (ENDED(0) && ENDED(1)) }
#endif

init { atomic { run Run(0); run Run(1); run World() } }
