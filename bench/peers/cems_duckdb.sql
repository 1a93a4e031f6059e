copy (
  with raw as (
    select * replace (
      case when regexp_full_match("UNITID", '\d+') then ltrim("UNITID", '0') else "UNITID" end
        as "UNITID")
    from read_csv({files}, header = true, delim = ',', quote = '"', auto_detect = false,
      dateformat = '%m-%d-%Y', columns = {{
      'STATE': 'VARCHAR', 'FACILITY_NAME': 'VARCHAR', 'ORISPL_CODE': 'INT', 'UNITID': 'VARCHAR',
      'OP_DATE': 'DATE', 'OP_HOUR': 'INT', 'OP_TIME': 'DOUBLE', 'GLOAD (MW)': 'DOUBLE',
      'SLOAD (1000lb/hr)': 'DOUBLE', 'SO2_MASS (lbs)': 'DOUBLE',
      'SO2_MASS_MEASURE_FLG': 'VARCHAR', 'SO2_RATE (lbs/mmBtu)': 'VARCHAR',
      'SO2_RATE_MEASURE_FLG': 'VARCHAR', 'NOX_RATE (lbs/mmBtu)': 'VARCHAR',
      'NOX_RATE_MEASURE_FLG': 'VARCHAR', 'NOX_MASS (lbs)': 'DOUBLE',
      'NOX_MASS_MEASURE_FLG': 'VARCHAR', 'CO2_MASS (tons)': 'DOUBLE',
      'CO2_MASS_MEASURE_FLG': 'VARCHAR', 'CO2_RATE (tons/mmBtu)': 'VARCHAR',
      'CO2_RATE_MEASURE_FLG': 'VARCHAR', 'HEAT_INPUT (mmBtu)': 'DOUBLE', 'FAC_ID': 'VARCHAR',
      'UNIT_ID': 'VARCHAR'}}))
  select
    coalesce(p.plant_id_eia, "ORISPL_CODE") as plant_id_eia,
    "ORISPL_CODE" as plant_id_epa,
    "UNITID" as emissions_unit_id_epa,
    cast("OP_DATE"::timestamp + to_hours("OP_HOUR" - o.utc_offset) as timestamp_ms)
      as operating_datetime_utc,
    {year}::int as year,
    "STATE" as state,
    "OP_TIME"::float as operating_time_hours,
    (case when "GLOAD (MW)" > 2000 then "GLOAD (MW)" / 1000 else "GLOAD (MW)" end)::float
      as gross_load_mw,
    "HEAT_INPUT (mmBtu)"::float as heat_content_mmbtu,
    ("SLOAD (1000lb/hr)" * 1000)::float as steam_load_lbs,
    "SO2_MASS (lbs)"::float as so2_mass_lbs,
    "SO2_MASS_MEASURE_FLG" as so2_mass_measurement_code,
    "NOX_MASS (lbs)"::float as nox_mass_lbs,
    "NOX_MASS_MEASURE_FLG" as nox_mass_measurement_code,
    "CO2_MASS (tons)"::float as co2_mass_tons,
    "CO2_MASS_MEASURE_FLG" as co2_mass_measurement_code
  from raw
  left join plants p on p.plant_id_epa = "ORISPL_CODE" and p.unit = "UNITID"
  left join offsets o on o.plant_id_epa = "ORISPL_CODE"
) to '{out}' (format parquet, compression zstd, compression_level 1)
