#!/bin/bash
# A Slurm of one node on this machine, for the tests marked slurm:  slurm.sh start FOLDER | stop FOLDER   (as root)
# Needs Debian's packages: apt-get install --no-install-recommends slurm-wlm munge
set -euo pipefail
folder=$(realpath -m "$2")
host=$(hostname -s)
export SLURM_CONF=$folder/slurm.conf

start() {
    mkdir -p "$folder"/{state,spool,munge}
    chmod 755 "$folder"
    cpus=$(nproc)
    cat > "$SLURM_CONF" << END
ClusterName=mlindex
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=20
NodeName=$host NodeAddr=127.0.0.1 CPUs=$((4 * cpus)) RealMemory=16000 State=UNKNOWN
PartitionName=short Nodes=$host Default=YES MaxTime=60 State=UP OverSubscribe=NO
END
    echo "SlurmdParameters=config_overrides" >> "$SLURM_CONF"
    dd if=/dev/urandom of="$folder/munge/munge.key" bs=1024 count=1 status=none
    chmod 400 "$folder/munge/munge.key"
    munged --force --key-file="$folder/munge/munge.key" --socket="$folder/munge/munge.socket" \
        --pid-file="$folder/munge/munged.pid" --log-file="$folder/munge/munged.log" --seed-file="$folder/munge/munged.seed"
    slurmctld -f "$SLURM_CONF"
    slurmd -f "$SLURM_CONF" -N "$host"
    for _ in $(seq 60); do
        [ "$(sinfo -h -o %t 2> /dev/null)" = idle ] && return
        sleep 0.5
    done
    echo "slurm.sh: the node did not become idle; see $folder/*.log" >&2
    return 1
}

stop() {
    for file in "$folder"/slurmd.pid "$folder"/slurmctld.pid "$folder"/munge/munged.pid; do
        [ -f "$file" ] && kill "$(cat "$file")" || true
    done
}

"$1"
