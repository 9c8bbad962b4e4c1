# Airflow with this project inside. What runs is the lock file's versions; the tools for tests stay out.
FROM apache/airflow:3.3.2-python3.11

COPY requirements.in requirements.txt /tmp/project/
# requirements.in ends with the section "# tests".
RUN sed '/^# tests/,$d' /tmp/project/requirements.in > /tmp/project/runtime.in \
    && pip install --no-cache-dir --requirement /tmp/project/runtime.in --constraint /tmp/project/requirements.txt

COPY pipeline.yaml /opt/airflow/
COPY include /opt/airflow/include
COPY plugins /opt/airflow/plugins
COPY dags /opt/airflow/dags

ENV PYTHONPATH=/opt/airflow:/opt/airflow/plugins \
    OI_HOME=/opt/airflow/oi \
    GX_ANALYTICS_ENABLED=false

# A named volume takes over the owner of the folder that it is mounted on.
RUN mkdir -p /opt/airflow/oi /opt/airflow/logs
